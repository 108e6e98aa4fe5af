import { createCleanUp } from '../../../bench/clean-up.ts';

describe('cleaning up', () => {
  it('stops one after the other in reverse order, each once, even when asked twice at the same time', async () => {
    const log: string[] = [];
    const cleanUp = createCleanUp();
    for (const name of ['servers', 'pipeline']) {
      cleanUp.add(async () => {
        log.push(`stopping ${name}`);
        await Promise.resolve();
        log.push(`stopped ${name}`);
      });
    }
    await Promise.all([cleanUp.run(), cleanUp.run()]);
    await cleanUp.run();
    expect(log).toEqual(['stopping pipeline', 'stopped pipeline', 'stopping servers', 'stopped servers']);
  });

  it('stops the rest when one fails, and then says so', async () => {
    const stopped: string[] = [];
    const cleanUp = createCleanUp();
    cleanUp.add(async () => stopped.push('servers'));
    cleanUp.add(() => Promise.reject(new Error('will not stop')));
    await expect(cleanUp.run()).rejects.toThrow('will not stop');
    expect(stopped).toEqual(['servers']);
  });
});
