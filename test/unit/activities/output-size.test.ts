import { refuseTooLarge } from '../../../activities/output-size.ts';

const LIMIT = 4 * 1024 * 1024;

it('an output of 4 MiB as JSON passes, and one byte more ends the message', () => {
  refuseTooLarge('x'.repeat(LIMIT - 2));
  let failure: unknown;
  try {
    refuseTooLarge('x'.repeat(LIMIT - 1), 3);
  } catch (error) {
    failure = error;
  }
  expect(failure).toMatchObject({ type: 'Output.TooLarge', nonRetryable: true, details: [{ attempts: 3 }] });
});
