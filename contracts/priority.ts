/** Of the pipeline's own workflows: their tasks must not wait behind those of a backlog of messages. */
export const FIRST_IN_LINE = { priorityKey: 1 } as const;
