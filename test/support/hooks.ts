// Root hooks: a rejection that nobody handles fails the run; the form and the seed are printed; the shared control plane ends;
// a run whose tests have ended ends too, or says what keeps it.
import { LONG, propertySeed } from './scale.js';
import { controlPlaneHooks } from './shared-control-plane.js';

/** How long after the last test a process may still close what tests opened. */
const LINGER_MS = 20_000;

export const mochaHooks = {
  ...controlPlaneHooks,
  afterAll: [() => controlPlaneHooks.afterAll(), endOrSay],
  beforeAll(): void {
    process.stdout.write(`  ${LONG ? 'long' : 'short'} form, seed ${propertySeed()}\n`);
  },
};

/** What a test left open would keep the process for ever: that is a failure with a name, not a run without end. */
function endOrSay(): void {
  setTimeout(() => {
    process.stderr.write(`\n  !!! The tests have ended, but something of them keeps the process alive: ${process.getActiveResourcesInfo().join(', ')}\n`);
    process.exit(1);
  }, LINGER_MS).unref();
}

process.on('unhandledRejection', (reason) => {
  throw reason;
});
