import { showObject, type ShownObject } from '../../inspect/show-object.js';
import { escapeText } from '../../lib/escape.js';
import { EXIT, type ExitCode } from '../../lib/exit-codes.js';
import type { JsonObject } from '../../lib/json.js';
import type { CommandContext, CommandOptions } from '../context.js';
import type { Words } from '../invocation.js';
import { paged } from '../pager.js';
import { withReading } from '../reading.js';
import { jsonText } from '../render/document.js';
import { hasHidden } from '../render/hidden.js';
import { objectName } from '../render/names.js';
import { terminalSafe } from '../render/safe-text.js';
import { renderTable } from '../render/table.js';
import { localTime } from '../render/time.js';
import { colourYaml } from '../render/yaml-colours.js';
import { yamlText } from '../render/yaml-text.js';
import { UsageError } from '../usage-error.js';

/** `show`: objects as the repository has them at a revision, byte for byte but for colours, and for characters that cannot be seen. */
export async function run(context: CommandContext, options: CommandOptions, { args, objects }: Words): Promise<ExitCode> {
  const named = [...args, ...objects];
  if (named.length === 0) throw new UsageError('USAGE', 'Which object to show is not said', { hint: 'Give TYPE/NAME, such as kubetape show deploy/web -n shop' });
  const reveal = options['reveal'] === true;
  return withReading(context, options, async ({ history, snapshot, select }) => {
    const shown: ShownObject[] = [];
    for (const word of named) shown.push(await showObject(history, snapshot, select([word]), { reveal }, context.signal));
    const code = await paged(context, options, async (write) => {
      await write(render(shown, context));
      return EXIT.done;
    });
    noteSecrets(shown, reveal, context);
    return code;
  });
}

function render(shown: readonly ShownObject[], context: CommandContext): string {
  switch (context.output) {
    case 'json':
      return `${jsonText(documentOf(shown))}\n`;
    case 'name':
      return shown.map(({ id }) => `${escapeText(objectName(id))}\n`).join('');
    case 'table':
    case 'wide':
      return renderTable(
        ['NAMESPACE', 'NAME', 'KIND', 'API', 'COMMIT', 'OF'],
        shown.map(({ id, kind, apiVersion, commit }) => [id.namespace, objectName(id), kind, apiVersion, commit.oid.slice(0, 12), localTime(commit.committedAt)]),
      );
    default:
      return shown.map((object) => yamlFor(object, context)).join('---\n');
  }
}

/** As in the file; where it holds characters that cannot be seen, the same document with escapes for them. */
function yamlFor({ text, comments, body }: ShownObject, { streams }: CommandContext): string {
  const shown = hasHidden(text) ? `${comments.map((line) => `${terminalSafe(line)}\n`).join('')}${yamlText(body)}` : text;
  return colourYaml(shown, (style, part) => streams.paint(style, part));
}

/** One object as itself, several as a List: both are what kubectl takes. */
function documentOf(shown: readonly ShownObject[]): JsonObject {
  const [first] = shown;
  return shown.length === 1 && first !== undefined ? first.body : { apiVersion: 'v1', kind: 'List', items: shown.map(({ body }) => body) };
}

function noteSecrets(shown: readonly ShownObject[], reveal: boolean, { quiet, streams }: CommandContext): void {
  if (quiet) return;
  if (shown.some(({ redacted }) => redacted)) streams.err('Values of Secrets are not shown; --reveal shows them\n');
  if (reveal && shown.some(({ comments }) => comments.some((line) => line.startsWith('# kubetape:digest ')))) {
    streams.err('The repository keeps digests of Secrets only: there is no value to reveal\n');
  }
}
