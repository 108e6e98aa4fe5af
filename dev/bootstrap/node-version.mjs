const MINIMUM = [20, 19];

/**
 * @param {string} version such as `20.19.1`
 * @returns {string | undefined} one sentence that says what to do, or nothing when the version will do
 */
export function nodeVersionProblem(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > MINIMUM[0] || (major === MINIMUM[0] && minor >= MINIMUM[1])) return undefined;
  return `Node ${MINIMUM.join('.')} or later is needed, this is ${version}: install one with \`nvm install 22\` or from https://nodejs.org.`;
}
