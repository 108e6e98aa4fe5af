/** For a provider that asks for none: no word of its answers, because logs leave out what is configured as a key. */
export const STAND_IN_KEY = 'standin-needs-no-key';
