import type { z } from 'zod';

/** Every problem of a value that failed its schema, in one line for people: `payload.labels: Invalid input: expected array, …`. */
export function describeProblems(error: z.ZodError, at: readonly PropertyKey[] = []): string {
  return error.issues.map((issue) => describeProblem([...at, ...issue.path], issue.message)).join('; ');
}

function describeProblem(path: readonly PropertyKey[], message: string): string {
  return path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`;
}
