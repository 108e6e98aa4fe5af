import type { CallProgress } from '../providers/provider.ts';
import { confirm, type ConfirmedHeartbeat } from './confirmed-heartbeat.ts';
import type { CallHeartbeat } from './heartbeat.ts';
import { rememberPaid } from './paid-attempts.ts';

/** How far a call has come, and what Temporal knows of it. */
export interface CallRecord {
  /** While it waits, for its turn or for an identical request's answer, no call is made. */
  readonly isCalling: () => boolean;
  readonly moved: (progress: CallProgress) => void;
  /** What a heartbeat says now. */
  readonly details: () => CallHeartbeat;
  /** A heartbeat was sent with these details. */
  readonly told: (details: CallHeartbeat) => void;
  /** Has Temporal confirm that the call goes out. When it rejects, none may: its answer would hardly reach Temporal, and would be paid for. */
  readonly confirm: () => Promise<void>;
  /** Its outcome is known: so many calls for the message may have been paid. */
  readonly ended: (paidAttempts: number) => void;
}

const WAITING = { phase: 'waiting', bytesReceived: 0 } as const;
const SENT = { phase: 'sent', bytesReceived: 0 } as const;

export function recordCall(paidBefore: number, confirmedHeartbeat: ConfirmedHeartbeat<CallHeartbeat>): CallRecord {
  let position: CallProgress = SENT;
  let toldPaid = 0;
  const isCalling = () => position.phase !== 'waiting';
  const details = () => ({
    ...position,
    paidAttempts: paidBefore + (isCalling() ? 1 : 0),
    countedAttempts: paidBefore,
  });
  const told = ({ paidAttempts }: CallHeartbeat) => {
    toldPaid = paidAttempts;
  };
  return {
    isCalling,
    details,
    told,
    moved(progress) {
      position = progress;
    },
    async confirm() {
      // Already: a heartbeat in the meantime must not take it back.
      position = SENT;
      const claim = details();
      told(claim);
      try {
        await confirm(confirmedHeartbeat, claim);
      } catch (error) {
        position = WAITING;
        // Temporal may have it all the same.
        rememberPaid(paidBefore);
        throw error;
      }
    },
    ended(paidAttempts) {
      if (Math.max(paidAttempts, toldPaid) > 0) rememberPaid(paidAttempts);
    },
  };
}
