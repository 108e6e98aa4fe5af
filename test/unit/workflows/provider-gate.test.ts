import { ProviderGate } from '../../../workflows/provider-gate.ts';

const everybody = () => true;
const opened = { opened: { because: 'authentication', probeInMs: 60_000 } };

describe('the gate of a provider', () => {
  it('lets calls out, unless an operator has paused it', () => {
    const gate = new ProviderGate();
    expect(gate.gateFor(0, 'a', everybody)).toEqual({ isPaused: false });
    gate.pause(true);
    expect(gate.gateFor(0, 'a', everybody)).toEqual({ isPaused: true });
    expect(new ProviderGate(gate.state).name).toBe('paused');
    gate.pause(false);
    expect(gate.name).toBe('running');
  });

  it('is open for all when it is for one: that one probes, and its answer closes it for all', () => {
    const gate = new ProviderGate();
    gate.report(1_000, 'a', opened);
    expect(gate.name).toBe('breaker-open');
    expect(gate.gateFor(2_000, 'a', everybody).open).toEqual({ because: 'authentication', probeInMs: 59_000 });
    expect(gate.gateFor(2_000, 'b', everybody).open).toEqual({ because: 'authentication' });
    gate.report(2_000, 'b', opened);
    expect(gate.gateFor(3_000, 'b', everybody).open).toEqual({ because: 'authentication' });
    gate.report(61_000, 'a', { opened: { because: 'unavailable', probeInMs: 10_000 } });
    expect(gate.state.open).toEqual({ because: 'unavailable', since: 1_000, prober: 'a', probeAt: 71_000 });
    gate.report(71_000, 'a', { closed: true });
    expect(gate.gateFor(71_000, 'b', everybody)).toEqual({ isPaused: false });
  });

  it('is probed by the next worker when the one that should is gone', () => {
    const gate = new ProviderGate();
    gate.report(0, 'a', opened);
    const next = new ProviderGate(gate.state);
    expect(next.gateFor(90_000, 'b', (worker) => worker !== 'a').open?.probeInMs).toBe(0);
    expect(next.gateFor(90_000, 'c', (worker) => worker !== 'a').open?.probeInMs).toBeUndefined();
  });
});
