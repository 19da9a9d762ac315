// Root hooks: a rejection that nobody handles fails the run; the form and the seed are printed; the shared control plane ends.
import { LONG, propertySeed } from './scale.js';
import { controlPlaneHooks } from './shared-control-plane.js';

export const mochaHooks = {
  ...controlPlaneHooks,
  beforeAll(): void {
    process.stdout.write(`  ${LONG ? 'long' : 'short'} form, seed ${propertySeed()}\n`);
  },
};

process.on('unhandledRejection', (reason) => {
  throw reason;
});
