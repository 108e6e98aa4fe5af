/* eslint-disable no-restricted-syntax -- nothing is configured by it: it is kept from a package that would be */

/** Runs what must not see an environment variable. Nothing else misses it meanwhile, because nothing is waited for. */
export function withoutVariable<T>(name: string, run: () => T): T {
  const value = process.env[name];
  if (value === undefined) return run();
  Reflect.deleteProperty(process.env, name);
  try {
    return run();
  } finally {
    process.env[name] = value;
  }
}
