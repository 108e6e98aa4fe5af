import { closeSync, openSync, readFileSync, writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogDestination } from '../../../telemetry/log-destination.ts';
import { createLogger } from '../../../telemetry/logger.ts';

const dir = mkdtempSync(join(tmpdir(), 'log-destination-'));
afterAll(() => {
  rmSync(dir, { recursive: true });
});

test('a disk that is full stops nobody: each line that cannot be written is told, also a fatal one', () => {
  const full = openSync('/dev/full', 'w');
  const errors: Error[] = [];
  const logger = createLogger('info', { destination: createLogDestination((error) => errors.push(error), full) });
  logger.info('one');
  logger.error('two');
  logger.fatal('three');
  expect(errors.map((error) => (error as NodeJS.ErrnoException).code)).toEqual(['ENOSPC', 'ENOSPC', 'ENOSPC']);
  closeSync(full);
});

test('what a broken log kept is bounded, and a log that can be written has every line', () => {
  const file = join(dir, 'log');
  writeFileSync(file, '');
  // Opened for reading: every write fails, until the descriptor is the log's.
  const fd = openSync(file, 'r');
  const destination = createLogDestination(undefined, fd);
  const logger = createLogger('info', { destination });
  const text = 'x'.repeat(100);
  for (let line = 0; line < 20_000; line += 1) logger.info(text);
  closeSync(fd);
  expect(openSync(file, 'w')).toBe(fd);
  logger.info('the last one');
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  expect(readFileSync(file).byteLength).toBeLessThanOrEqual(2 ** 20);
  expect(lines.length).toBeGreaterThan(5_000);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ msg: text });
  closeSync(fd);
});
