export { processMessage } from './process-message.ts';
export { refreshExamples } from './refresh-examples.ts';
export { rateBudget } from './rate-budget.ts';
export { spending } from './spending.ts';
