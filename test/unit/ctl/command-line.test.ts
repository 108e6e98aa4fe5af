import type { Client } from '@temporalio/client';
import { RefusedError, UsageError, type CommandContext } from '../../../ctl/command.ts';
import { loadOperatorConfig } from '../../../ctl/operator-config.ts';
import { COMMANDS, exitCodeFor, parseInvocation, runCommand, type Invocation } from '../../../ctl/run-ctl.ts';
import { PIPELINE_STATES, RUN_STATES } from '../../../ctl/visibility-query.ts';
import { ConfigurationError, DependencyUnavailableError } from '../../../lifecycle/errors.ts';
import { DecryptionError } from '../../../temporal/encryption-codec.ts';

describe('the command line', () => {
  test.each([[[]], [['--help']], [['help']]])('%j lists every command', (argv) => {
    const { text } = helpOf(parseInvocation(argv));
    for (const { name, summary } of COMMANDS) expect(text).toContain(`${name.padEnd(8)}${summary}`);
  });

  test.each(COMMANDS.map(({ name }) => name))('%s --help explains every option that it takes', (name) => {
    const { text } = helpOf(parseInvocation([name, '--help']));
    const { options } = COMMANDS.find((command) => command.name === name)!;
    for (const option of Object.keys(options)) expect(text).toContain(`--${option}`);
  });

  test('list --help names every state that a message can have', () => {
    const { text } = helpOf(parseInvocation(['list', '--help']));
    for (const state of [...RUN_STATES, ...PIPELINE_STATES]) expect(text).toMatch(new RegExp(`[ (]${state}[,)\\n]`));
  });

  test.each<[number, Error]>([
    [1, new RefusedError('')],
    [64, new UsageError('')],
    [70, new Error('')],
    [75, new DependencyUnavailableError('')],
    [78, new ConfigurationError('')],
    // Its key is not here: nothing but the configuration can mend that.
    [78, new DecryptionError('')],
  ])('exit code %d is for %p, and the overview explains it', (code, error) => {
    expect(exitCodeFor(error)).toBe(code);
    expect(helpOf(parseInvocation([])).text).toMatch(new RegExp(`^Exit codes: .*\\b${String(code)} `, 'ms'));
  });

  test.each([[['nonsense']], [['list', '--nonsense']], [['list', '--limit']]])('%j is refused', (argv) => {
    expect(() => parseInvocation(argv)).toThrow(UsageError);
  });

  test.each([
    [['list', 'some-id']],
    [['list', '--open', '--all']],
    [['list', '--limit', '0']],
    [['list', '--limit', '1e3']],
    [['list', '--older-than', 'yesterday']],
    [['list', '--state', 'nonsense']],
    [['show']],
    [['show', 'a', 'b']],
    [['retry']],
    [['cancel', 'a', '--query', 'b']],
    [['resume']],
    [['resume', 'everything']],
    [['resume', 'message']],
    [['resume', 'tenant', 'a', 'b']],
    [['resume', 'tenant', 'a', '--yes']],
    [['budgets', 'acme']],
  ])('%j asks Temporal nothing', async (argv) => {
    const invocation = parseInvocation(argv);
    if (invocation.kind !== 'command') throw new Error('help');
    await expect(runCommand(invocation, contextWithoutTemporal())).rejects.toThrow(UsageError);
  });
});

describe('the operator’s configuration', () => {
  test('does not mind the settings of other parts of the pipeline', () => {
    const { inputTopics } = loadOperatorConfig({ LLM_MAX_ATTEMPTS: 'many', KAFKA_INPUT_TOPICS: 'a,b' });
    expect(inputTopics).toEqual(['a', 'b']);
  });

  test.each([
    [{ TEMPORAL_ADDRESS: 'temporal.example:7233' }, 'http://temporal.example:8233'],
    [{ TEMPORAL_UI_URL: 'https://ui.example/' }, 'https://ui.example'],
  ])('%j links to %s', (environment, uiUrl) => {
    expect(loadOperatorConfig(environment).uiUrl).toBe(uiUrl);
  });
});

function helpOf(invocation: Invocation) {
  if (invocation.kind !== 'help') throw new Error('no help');
  return invocation;
}

function contextWithoutTemporal(): CommandContext {
  const client = new Proxy<object>(
    {},
    {
      get: () => {
        throw new Error('Temporal was asked');
      },
    },
  );
  const output = { result: () => {}, note: () => {}, progress: () => {} };
  return { client: client as Client, inputTopics: ['a'], uiUrl: '', output, confirm: async () => false };
}
