import { createStandInClient, type StandInBehaviour, type StandInClient } from '../standin/client.ts';
import { STAND_IN_KEY } from '../standin/key.ts';
import { startStandIn } from '../standin/start-standin.ts';
import { portFor } from './free-port.ts';

export interface Llm {
  /** Its base URL, or the file that names several providers. */
  readonly address: string;
  /** Absent for a real provider. */
  readonly standIn?: StandInClient;
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

const OPENAI_URL = 'https://api.openai.com/v1';

/** The provider or providers that the environment names, or the project's stand-in. */
export async function serveLlm(options: {
  readonly llmPort?: number | undefined;
  readonly standIn?: StandInBehaviour;
}): Promise<Llm> {
  const key = process.env['OPENAI_API_KEY'] ?? '';
  const url = process.env['OPENAI_BASE_URL'] ?? '';
  const file = process.env['PROVIDERS_FILE'] ?? '';
  if (options.standIn === undefined && file !== '') {
    return { address: file, env: { PROVIDERS_FILE: file }, stop: () => Promise.resolve() };
  }
  if (options.standIn === undefined && (key !== '' || url !== '')) {
    const env = { ...(key !== '' && { OPENAI_API_KEY: key }), ...(url !== '' && { OPENAI_BASE_URL: url }) };
    return { address: url === '' ? OPENAI_URL : url, env, stop: () => Promise.resolve() };
  }
  const standIn = await startStandIn({
    port: await portFor('the stand-in LLM', options.llmPort),
    behaviour: options.standIn ?? {},
  });
  return {
    address: standIn.url,
    standIn: createStandInClient(standIn.url),
    env: { OPENAI_BASE_URL: standIn.url, OPENAI_API_KEY: STAND_IN_KEY, PROVIDERS_FILE: '' },
    stop: () => standIn.close(),
  };
}
