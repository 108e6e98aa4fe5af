/** What a test holds back until it is released. */
export function aGate(): { readonly gate: Promise<void>; readonly release: () => void } {
  let open: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  return {
    gate,
    release: () => {
      open();
    },
  };
}
