import type { CommandOptions } from '../context.js';
import { shellQuote } from '../demo/text.js';
import { text } from '../option-values.js';

/** Where repository and cluster were named on the command line; what is suggested must reach the same ones. */
const PLACES: readonly (readonly [option: string, flag: string])[] = [
  ['repo', '--repo'], ['config', '--config'], ['branch', '--branch'], ['kubeconfig', '--kubeconfig'], ['context', '--context'], ['cluster', '--cluster'], ['server', '--server'], ['user', '--user'], ['as', '--as'],
];

/** A command that can be copied into a shell: `kubetape restore --resume RUN --repo cluster.git`. Not escaped for a terminal. */
export function commandText(words: readonly string[], options: CommandOptions): string {
  const places = PLACES.flatMap(([option, flag]) => {
    const value = text(options[option]);
    return value === undefined ? [] : [flag, value];
  });
  return ['kubetape', ...words, ...places].map(shellQuote).join(' ');
}
