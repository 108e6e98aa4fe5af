// Jest's 5 s are for tests without servers. A test that is cut off leaves its workers polling, and they take the next one's work.
jest.setTimeout(60_000);
