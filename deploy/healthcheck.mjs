// Exit code 0 when the process answers. Takes another address as its argument: the stand-in LLM has no /livez.
import { get } from 'node:http';

const [address = `http://127.0.0.1:${process.env.METRICS_PORT || '9464'}/livez`] = process.argv.slice(2);

const request = get(address, { timeout: 3_000 }, (response) => {
  response.resume();
  process.exitCode = response.statusCode === 200 ? 0 : 1;
});
request.on('timeout', () => request.destroy());
request.on('error', () => {
  process.exitCode = 1;
});
