import { expect } from 'chai';
import { jsonLine, textLine, type LogEntry } from '../../../src/observe/log-format.js';
import { ClusterError } from '../../../src/model/cluster-error.js';

function entry(message: string, fields: LogEntry['fields']): LogEntry {
  return { level: 'info', message, time: '2026-11-20T14:00:01.123Z', fields };
}

describe('observe/log-format', () => {
  it('writes a line for people: time, level, message, fields', () => {
    const line = textLine(entry('Committed', { changes: 3, object: 'shop: configmaps/a', path: 'a/b.yaml', gone: undefined, none: null, empty: '' }));

    expect(line).to.equal('2026-11-20T14:00:01.123Z INFO  Committed changes=3 object="shop: configmaps/a" path=a/b.yaml none=null empty=""');
  });

  it('stays one line without control characters, whatever a name holds', () => {
    const line = textLine(entry('Seen\nforged', { name: 'a\n2026 ERROR forged\u001B[2J', 'key\n': 'say "x"' }));

    expect(line).to.not.match(/[\x00-\x1f\x7f-\x9f]/);
    expect(line).to.contain(String.raw`say \"x\"`);
  });

  it('writes what an error says, its code and its hint, and a stack only for a fault of ours', () => {
    const known = new ClusterError('FORBIDDEN', 'Could not list secrets: 403', { hint: 'Grant it', status: 403 });

    expect(textLine(entry('Failed', { error: known }))).to.match(/error="Could not list secrets: 403" errorCode=FORBIDDEN errorHint="Grant it"$/);
    expect(JSON.parse(jsonLine(entry('Failed', { error: new TypeError('x is not a function') })))).to.include({ error: 'x is not a function' }).and.have.property('errorStack');
  });

  it('writes JSON in which fields cannot replace time, level and message', () => {
    const parsed = JSON.parse(jsonLine(entry('Committed', { message: 'm', level: 'l', time: 't', changes: 3, big: 12n, list: ['a'] }))) as unknown;

    expect(parsed).to.deep.equal({
      time: '2026-11-20T14:00:01.123Z', level: 'info', message: 'Committed', message_: 'm', level_: 'l', time_: 't', changes: 3, big: '12', list: '["a"]',
    });
  });

  it('does not fail on a value that JSON cannot hold', () => {
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;

    expect(jsonLine(entry('x', { cycle }))).to.contain('[object Object]');
  });
});
