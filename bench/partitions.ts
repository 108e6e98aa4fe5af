/** Of the input and output topics. */
export const PARTITIONS = 6;
