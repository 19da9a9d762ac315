// One control plane a mocha process, for suites that do not break it.
import { findControlPlane, HOW_TO_GET_ONE } from './control-plane-binary.js';
import { ControlPlane, keepControlPlaneLogs } from './control-plane.js';

let shared: Promise<ControlPlane> | null = null;
let warned = false;

/** Time for a first build. */
const BUILD_MS = 30 * 60_000;

/**
 * For a before hook of a suite that needs a control plane: finds or builds the programs. Where there are none, the
 * suite is skipped with one loud line a run; under CI=true that is an error.
 */
export async function controlPlaneOrSkip(context: Mocha.Context): Promise<void> {
  const timeout = context.timeout();
  context.timeout(Math.max(timeout, BUILD_MS));
  const found = await findControlPlane();
  if (found !== null) return;
  if (process.env['CI'] === 'true') throw new Error(`CI=true, and there is no control plane: ${HOW_TO_GET_ONE}`);
  if (!warned) process.stderr.write(`\n  !!! NO CONTROL PLANE: the suites on a real API server are SKIPPED. To run them, ${HOW_TO_GET_ONE}.\n\n`);
  warned = true;
  context.skip();
}

/** The control plane of this process, with controllers where they are there; started at the first call. */
export async function sharedControlPlane(): Promise<ControlPlane> {
  shared ??= ControlPlane.start();
  return shared;
}

/** Root hooks, to be spread into mochaHooks: the end of the shared control plane, and logs kept for failures. */
export const controlPlaneHooks = {
  afterEach(this: Mocha.Context): void {
    if (this.currentTest?.state === 'failed') keepControlPlaneLogs();
  },
  async afterAll(): Promise<void> {
    const started = shared;
    shared = null;
    const plane = await started?.catch(() => null); // a failed start was reported to the suite that asked for it
    await plane?.stop();
  },
};
