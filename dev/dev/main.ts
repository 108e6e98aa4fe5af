import { join } from 'node:path';
import { loadConfig } from '../../config/load.ts';
import { explainFailure } from '../explain-failure.ts';
import { isFree } from '../stack/free-port.ts';
import { findKafkaClassPath } from '../stack/kafka-jars.ts';
import { startPipelineProcess, type PipelineProcess } from '../stack/pipeline-process.ts';
import { startStack, type Stack } from '../stack/start-stack.ts';
import { findTemporalExecutable } from '../stack/temporal-executable.ts';
import { findOnPath } from '../stack/tools.ts';
import { describeAddresses } from './addresses.ts';
import { planCodecServer } from './codec-server.ts';
import { USAGE, parseDevOptions, type DevOptions } from './options.ts';
import { rebuild } from './rebuild.ts';
import { superviseProcess, type Supervisor } from './supervisor.ts';
import { watchSources } from './watch-sources.ts';

const say = (line: string) => process.stdout.write(`${line}\n`);

/** The well-known ports, where nobody else has them. One that was asked for is not replaced: see `portFor`. */
async function withUsualPorts(options: DevOptions): Promise<DevOptions> {
  const usual = { kafkaPort: 9092, temporalPort: 7233, uiPort: 8233, llmPort: 8787 };
  const free = await Promise.all(
    Object.entries(usual).map(async ([name, port]) => ((await isFree(port)) ? { [name]: port } : {})),
  );
  return { ...(Object.assign({}, ...free) as DevOptions), ...options };
}

async function runPipeline(stack: Stack): Promise<{ supervisor: Supervisor; addresses: string }> {
  const config = loadConfig({ ...process.env, ...stack.env });
  const metricsPort = config.metricsPort !== 0 && (await isFree(config.metricsPort)) ? config.metricsPort : undefined;
  const env = { ...stack.env, ...(metricsPort !== undefined && { METRICS_PORT: String(metricsPort) }) };
  const logFile = join(stack.dataDir, 'pipeline.log');
  let metricsUrl = '';
  const supervisor = await superviseProcess({
    start: async () => {
      const started = await startPipelineProcess({ entry: 'main.js', env, logFile });
      metricsUrl = started.metricsUrl;
      return started;
    },
    onProgress: say,
  });
  const own = stack.kafka.pid !== undefined;
  const addresses = describeAddresses({
    stack,
    kafka: config.kafka,
    ...(own && { kafkaClassPath: await findKafkaClassPath(say) }),
    temporalCli:
      stack.temporal.pid === undefined || findOnPath('temporal') !== undefined
        ? 'temporal'
        : await findTemporalExecutable(say),
    metricsUrl,
    logFile,
  });
  return { supervisor, addresses };
}

/** Rebuilds and restarts on changes, one at a time; changes during a build lead to one more. */
function followChanges(supervisor: Supervisor): () => void {
  let state: 'idle' | 'busy' | 'again' = 'idle';
  const follow = async () => {
    do {
      state = 'busy';
      if (await rebuild()) {
        await supervisor.restart();
        say('The code changed: restarted.');
      } else {
        say('The code does not compile: the pipeline from before goes on.');
      }
    } while ((state as string) === 'again');
    state = 'idle';
  };
  return watchSources(() => {
    if (state === 'idle') void follow();
    else state = 'again';
  });
}

/** The first signal asks for an orderly stop; another, a second or more later, does not wait for it. */
function stopRequested(): Promise<void> {
  return new Promise((done) => {
    let first: number | undefined;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        // npm passes on a Ctrl-C that the terminal has sent here already: twice at once means once.
        if (first !== undefined && performance.now() - first > 1_000) process.exit(130);
        first ??= performance.now();
        done();
      });
    }
  });
}

async function main(): Promise<void> {
  const { help, ...options } = parseDevOptions(process.argv.slice(2));
  if (help) {
    say(USAGE);
    return;
  }
  const codec = await planCodecServer();
  const ports = await withUsualPorts(options);
  const stack = await startStack({ ...ports, codecEndpoint: codec?.endpoint, onProgress: say });
  // Not earlier: until here a signal ends this process at once, and what it started with it.
  const stop = stopRequested();
  let codecServer: PipelineProcess | undefined;
  try {
    codecServer = await codec?.start(stack);
    const { supervisor, addresses } = await runPipeline(stack);
    say(addresses);
    if (codec !== undefined)
      say(`Payloads are encrypted; the UI shows them through the codec server at ${codec.endpoint}`);
    const unwatch = followChanges(supervisor);
    await stop;
    say('Stopping …');
    unwatch();
    await supervisor.stop();
  } finally {
    await codecServer?.stop();
    await stack.stop();
  }
}

try {
  await main();
} catch (error) {
  const { text, exitCode } = explainFailure(error);
  process.stderr.write(`${text}\n`);
  process.exitCode = exitCode;
}
