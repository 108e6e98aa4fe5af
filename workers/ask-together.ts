/**
 * Asks about names, one question at a time and at most `most` names in it: who comes while one is under way goes into the next.
 * @param ask never rejects.
 * @returns resolves when a question that was put after this call is answered; `undefined`: whatever it is about.
 */
export function askTogether(
  ask: (names: readonly string[]) => Promise<void>,
  most: number,
): (name: string | undefined) => Promise<void> {
  let last = Promise.resolve();
  let next: { readonly names: Set<string>; readonly answered: Promise<void> } | undefined;

  function another() {
    const names = new Set<string>();
    const answered = last.then(() => {
      if (next?.names === names) next = undefined;
      return ask([...names]);
    });
    last = answered;
    return (next = { names, answered });
  }

  return (name) => {
    const question = next === undefined || next.names.size >= most ? another() : next;
    if (name !== undefined) question.names.add(name);
    return question.answered;
  };
}
