import { FAULTS } from '../../../dev/standin/faults.ts';
import { FINAL_ANSWERS } from '../../../faults/final-answers.ts';

/** Nothing of these is a message's fault: it waits, and is called for again. */
const OF_THE_ACCOUNT = [
  ...['401', '402', '403', '404', 'echo_key', 'insufficient_quota', 'credit_balance_exhausted'],
  ...['organization_spend_limit_exceeded', 'project_spend_limit_exceeded', 'organization_usage_limit_exceeded'],
];

it('has every fault of the stand-in that meets the same prompt again, but for those of the whole account', () => {
  const lasting = Object.keys(FAULTS).filter((name) => FAULTS[name]?.lasting === true);
  expect([...Object.keys(FINAL_ANSWERS), ...OF_THE_ACCOUNT].toSorted()).toEqual(lasting.toSorted());
});
