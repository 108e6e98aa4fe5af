import { parse } from 'yaml';
import { environmentSchema } from '../../../config/schema.ts';
import { WORKER_ROLES } from '../../../contracts/pipeline.ts';
import { STAND_IN_KEY } from '../../../dev/standin/key.ts';
import { exists, read, sourceOf } from './project.ts';

interface Service {
  image: string;
  build?: string;
  command?: string[];
  environment?: Record<string, string>;
  ports?: string[];
  volumes?: string[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string[] };
  stop_grace_period?: string;
}

const text = read('docker-compose.yml');
const { services, volumes } = parse(text, { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, null>;
};
const all = Object.entries(services);
const ours = all.filter(([, service]) => service.build !== undefined);
const processes = ours.filter(([name]) => name !== 'standin');
const ourVariables = Object.keys(environmentSchema.shape);

describe('docker-compose.yml', () => {
  test.each(ours)('%s runs something that the build makes', (_name, { command }) => {
    expect(command?.[0]).toMatch(/^dist\/.*\.js$/);
    expect(exists(sourceOf(command?.[0] ?? ''))).toBe(true);
  });

  test('has one worker service for each role, started as that role', () => {
    const roles = processes
      .filter(([, { command }]) => command?.[0] === 'dist/workers/main.js')
      .map(([name, { command }]) => [name, ...(command ?? []).slice(1)]);
    expect(roles.sort()).toEqual(WORKER_ROLES.map((role) => [`worker-${role}`, '--role', role]).sort());
  });

  test('gives our processes only variables that are read: ours, or Temporal’s', () => {
    for (const [name, { environment = {} }] of processes) {
      const unknown = Object.keys(environment).filter(
        (variable) => !ourVariables.includes(variable) && !/^TEMPORAL_(?:ADDRESS|NAMESPACE)$/.test(variable),
      );
      expect({ name, unknown }).toEqual({ name, unknown: [] });
    }
  });

  test('gives our processes values that the configuration accepts', () => {
    for (const [name, { command = [], environment = {} }] of processes) {
      const values = Object.entries(environment).map(([key, value]) => [key, interpolate(value)]);
      // As bridge/main.ts sets it for itself.
      const env = { ...Object.fromEntries(values), WORKER_ROLE: command[2] ?? 'none' } as Record<string, string>;
      expect({ name, problems: environmentSchema.safeParse(env).error?.issues }).toEqual({ name });
    }
  });

  test('takes from .env only variables that .env.example names, with the same default', () => {
    const example = read('.env.example');
    for (const [, variable = '', fallback = ''] of text.matchAll(/(?<!\$)\$\{([A-Z_]+):-([^}]*)\}/g)) {
      const [, documented] = new RegExp(`^(?:# )?${variable}=(.*)$`, 'm').exec(example) ?? [];
      expect({ variable, documented: documented !== undefined }).toEqual({ variable, documented: true });
      // Inside the containers the provider and the samples are elsewhere than on the host, where there are none.
      if (documented !== '') expect({ variable, fallback }).toEqual({ variable, fallback: documented });
    }
  });

  test('mounts only files and folders that are there, and volumes that are declared', () => {
    for (const [, service] of all) {
      for (const volume of service.volumes ?? []) {
        const source = volume.split(':')[0] ?? '';
        expect({ source, there: source.startsWith('./') ? exists(source) : source in volumes }).toEqual({
          source,
          there: true,
        });
      }
    }
  });

  test('waits only for services that are there, for their health where they have a check', () => {
    for (const [name, { depends_on: dependencies = {} }] of all) {
      for (const [dependency, { condition }] of Object.entries(dependencies)) {
        const healthy = services[dependency]?.healthcheck !== undefined;
        const expected = healthy ? 'service_healthy' : 'service_completed_successfully';
        expect({ name, dependency, condition }).toEqual({ name, dependency, condition: expected });
      }
    }
  });

  test('reaches every address it names through a service that listens there', () => {
    const addresses = [...text.matchAll(/[ /](kafka|temporal|standin):(\d{4,})/g)].map(
      ([, host, port]) => `${host!}:${port!}`,
    );
    expect(new Set(addresses)).toEqual(new Set(['kafka:29092', 'temporal:7233', 'standin:8787']));
    expect(services['kafka']?.environment?.['KAFKA_ADVERTISED_LISTENERS']).toContain('INTERNAL://kafka:29092');
    expect(services['standin']?.command?.join(' ')).toContain('--port 8787');
    expect(services['standin']?.healthcheck?.test.join(' ')).toContain(':8787/stand-in/stats');
    expect(read('dev/standin/start-standin.ts')).toContain("'GET /stand-in/stats'");
  });

  test('gives the stand-in’s key where no other is named', () => {
    expect(interpolate(services['worker-llm']?.environment?.['OPENAI_API_KEY'] ?? '')).toBe(STAND_IN_KEY);
  });

  test('opens ports to this machine only', () => {
    for (const port of all.flatMap(([, service]) => service.ports ?? [])) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  test('gives a process more time to stop than it takes to drain', () => {
    const [, limitMs = ''] = /DRAIN_LIMIT_MS = ([\d_]+)/.exec(read('lifecycle/drain.ts')) ?? [];
    expect(Number(limitMs.replaceAll('_', ''))).toBeGreaterThan(0);
    for (const [, { stop_grace_period: grace = '0s' }] of processes) {
      expect(Number.parseInt(grace) * 1_000).toBeGreaterThan(Number(limitMs.replaceAll('_', '')));
    }
  });
});

describe('deploy/create-topics.sh', () => {
  test('uses only variables that its service sets', () => {
    const used = [...read('deploy/create-topics.sh').matchAll(/\$([A-Z_]+)/g)].map(([, variable]) => variable);
    const set = Object.keys(services['create-topics']?.environment ?? {});
    expect(new Set(used)).toEqual(new Set(set));
  });
});

describe('deploy/temporal-dynamic-config.yaml', () => {
  test('is where the server looks for it', () => {
    const { environment = {}, volumes: mounts = [] } = services['temporal'] ?? {};
    const path = `/etc/temporal/${environment['DYNAMIC_CONFIG_FILE_PATH'] ?? ''}`;
    expect(mounts).toEqual([`./deploy/temporal-dynamic-config.yaml:${path}:ro`]);
  });

  test('turns priority and fairness on, and keeps the order of the llm queue by one partition', () => {
    const settings = parse(read('deploy/temporal-dynamic-config.yaml')) as Record<
      string,
      { value: unknown; constraints?: object }[]
    >;
    const onePartition = [{ value: 1, constraints: { taskQueueName: 'llm' } }];
    expect(settings).toEqual({
      'matching.useNewMatcher': [{ value: true }],
      'matching.enableFairness': [{ value: true }],
      'matching.numTaskqueueReadPartitions': onePartition,
      'matching.numTaskqueueWritePartitions': onePartition,
    });
  });
});

/** `${NAME:-default}` with nothing set. */
function interpolate(value: string): string {
  return value.replace(/\$\{[A-Z_]+:-([^}]*)\}/g, '$1');
}
