// Root hooks: a rejection that nobody handles fails the run; the form and the seed are printed.
import { LONG, propertySeed } from './scale.js';

export const mochaHooks = {
  beforeAll(): void {
    process.stdout.write(`  ${LONG ? 'long' : 'short'} form, seed ${propertySeed()}\n`);
  },
};

process.on('unhandledRejection', (reason) => {
  throw reason;
});
