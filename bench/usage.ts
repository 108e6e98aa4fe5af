import { MODE_NAMES, MODES } from './modes/modes.ts';

/** `npm run bench -- --help`. */
export const USAGE = `Usage: npm run bench -- [options]

Measures the pipeline from outside: Kafka, a stand-in LLM in a process of its own, and /proc. Starts every server that the
environment does not name; never calls a real provider.

  --mode MODE           ${MODE_NAMES.map((name) => `${name}: ${MODES[name].about}`).join('\n                        ')}
                        (default backlog)
  --messages N          backlog: how many (default 2000)
  --rate R              steady: messages a second (default 20)
  --seconds S           steady: for how long (default 30); limits: from the first call on, above 10 (default 60)
  --llm-latency-ms L    how long the LLM takes to answer (default 200)
  --llm-concurrency C   LLM_MAX_CONCURRENCY of the pipeline (default: the pipeline's own)
  --separate            backlog, steady: bridge and one worker for each role in processes of their own, not the standalone
  --json                exactly one JSON object on stdout; progress stays on stderr
  --help                this text

--mode limits:
  --workers N                llm workers, each a process of its own (default 3)
  --requests-per-minute R    the provider's limit, strict in every minute and second (default 600)
  --tokens-per-minute T      likewise (default 60000)
  --mix MIX                  short, mixed or long: none, a fifth or all of the prompts are long (default mixed: with 600
                             requests and 60000 tokens a minute both limits matter; with long the tokens bind)
  --limits HOW               configured: the pipeline is told the limits; headers: only the provider knows them (default configured)
  --change-at S:FACTOR       after S seconds the provider's limits are FACTOR of what they were; may be given several times
  --kill-every S             every S seconds kill -9 one llm worker and start another
  --no-comparison            leave out the plain consumer: kafkajs and the openai package with its default retries, as many
                             processes, the same messages, limits, changes and kills

What it prints is computed from the stand-in's ledger of calls, from ten seconds after the first call to the end of --seconds:
  utilisation          of the limit that is used more (binding): let in, of what it allowed in that time
  ratio429             calls that a limit refused, of all calls; the first ten seconds count here
  maxSecondOverLimit   most calls sent, refused ones too, in any second, of a sixtieth of the limit;
                       maxSecondTokensOverLimit: the same of tokens
  wastedTokens         of calls whose answer did not end as a result: what the limit charged for them, or the answer took if
                       that is more. A refused call is charged nothing. The whole run counts
  waitMs               from the broker having a record to the start of the call that answered it. There are always about 30
                       seconds' worth of messages waiting, so much of it is the queue's. The whole run counts

Exit code 0: every message ended as a result; with --mode limits, every message whose call was answered, or it is still open.
1: one was lost or dead-lettered, or the run failed. 64: wrong options.
`;
