import { parseArgs } from 'node:util';
import { startStandIn } from './start-standin.ts';

const USAGE = `Usage: node dist/dev/standin/main.js [options]
  --port N          default 8787
  --host H          default 127.0.0.1
  --latency-ms L    before every answer
  --rpm N, --tpm N  strict requests and tokens per minute
`;

try {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '8787' },
      host: { type: 'string', default: '127.0.0.1' },
      'latency-ms': { type: 'string' },
      rpm: { type: 'string' },
      tpm: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) process.stdout.write(USAGE);
  else await serve(values);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  process.exitCode = 64;
}

type Options = { port: string; host: string } & { [Key in 'latency-ms' | 'rpm' | 'tpm']?: string | undefined };

async function serve(options: Options): Promise<void> {
  const behaviour = {
    ...(options['latency-ms'] !== undefined && { latencyMs: Number(options['latency-ms']) }),
    ...(options.rpm !== undefined && { requestsPerMinute: Number(options.rpm) }),
    ...(options.tpm !== undefined && { tokensPerMinute: Number(options.tpm) }),
  };
  const standIn = await startStandIn({ port: Number(options.port), host: options.host, behaviour });
  process.stdout.write(
    `STAND-IN LLM: no model here. It makes up answers from the prompts, in OpenAI's format.\n` +
      `  OPENAI_BASE_URL=${standIn.url}\n  ledger: ${standIn.url.replace(/v1$/, 'stand-in/stats')}\n`,
  );
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void standIn.close());
}
