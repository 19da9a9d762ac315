import { EMITTER_VERSION } from '../../canon/emitter.js';
import { FORMAT_VERSION } from '../../model/format.js';
import { EXIT, type ExitCode } from '../../lib/exit-codes.js';
import type { BaseContext } from '../context.js';

/** `version`: what this is and what it writes, for bug reports. */
export async function run(context: BaseContext): Promise<ExitCode> {
  const facts = { name: 'kubetape', version: context.version, node: process.version, format: FORMAT_VERSION, emitter: EMITTER_VERSION };
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
      context.streams.out(`kubetape ${facts.version} (node ${facts.node}, repository format ${facts.format}, emitter ${facts.emitter})\n`);
  }
  return EXIT.done;
}
