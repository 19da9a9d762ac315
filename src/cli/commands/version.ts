import { EXIT, type ExitCode } from '../../lib/exit-codes.js';
import type { BaseContext } from '../context.js';

/** Versions of the repository format that this program writes, and of the emitter of its files. */
const FORMAT = 1;
const EMITTER = 1;

/** `version`: what this is, for bug reports. */
export async function run(context: BaseContext): Promise<ExitCode> {
  const facts = { name: 'kubetape', version: context.version, node: process.version, format: FORMAT, emitter: EMITTER };
  switch (context.output) {
    case 'json':
      context.streams.out(`${JSON.stringify(facts, null, 2)}\n`);
      break;
    case 'yaml':
      context.streams.out(Object.entries(facts).map(([key, value]) => `${key}: ${value}\n`).join(''));
      break;
    case 'name':
      context.streams.out(`${facts.version}\n`);
      break;
    default:
      context.streams.out(`kubetape ${facts.version} (node ${facts.node}, repository format ${FORMAT}, emitter ${EMITTER})\n`);
  }
  return EXIT.done;
}
