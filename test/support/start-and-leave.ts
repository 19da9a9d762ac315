// A program for the harness's own test: starts a control plane, prints what runs, and leaves without stopping it.
import { ControlPlane } from './control-plane.js';

const plane = await ControlPlane.start({ controllerManager: false });
process.stdout.write(`${JSON.stringify({ pids: plane.pids, folder: plane.folder })}\n`);
if (process.argv[2] === 'exit') process.exit(0);
setInterval(() => undefined, 1000);
