import { expect } from 'chai';
import { readWatchLine } from '../../../src/cluster/watch-event.js';

function read(line: string): unknown {
  const event = readWatchLine(Buffer.from(line));
  return event.kind === 'object' ? { ...event, object: Buffer.from(event.object).toString('utf8') } : event;
}

describe('readWatchLine', () => {
  it('hands the object on byte by byte', () => {
    const object = '{"metadata":{"name":"}\\"{"},"spec":{"n":9223372036854775807,"o":{"type":"BOOKMARK","object":[]}}}';

    expect(read(`{"type":"ADDED","object":${object}}`)).to.deep.equal({ kind: 'object', change: 'ADDED', object });
  });

  it('reads members in any order, with any white space, and passes over others', () => {
    expect(read(' { "x" : [1,"}"] , "object" : {"a": 1} , "n":-1e5,"type"\t:\t"DELETED" } \r')).to.deep.equal({ kind: 'object', change: 'DELETED', object: '{"a": 1}' });
    expect(read('{"\\u0074ype":"MODI\\u0046IED","object":{}}')).to.deep.equal({ kind: 'object', change: 'MODIFIED', object: '{}' });
  });

  it('reads bookmarks and errors', () => {
    expect(read('{"type":"BOOKMARK","object":{"kind":"Pod","metadata":{"resourceVersion":"42"}}}')).to.deep.equal({ kind: 'bookmark', resourceVersion: '42' });
    expect(read('{"type":"ERROR","object":{"code":410}}')).to.deep.equal({ kind: 'error', status: { code: 410 } });
  });

  it('refuses a line that was cut anywhere', () => {
    const line = '{"type":"ADDED","object":{"metadata":{"name":"a\\"b"},"n":[1,2]}}';

    for (let at = 1; at < line.length; at++) expect(() => read(line.slice(0, at)), line.slice(0, at)).to.throw(SyntaxError);
  });

  it('refuses what is no event', () => {
    for (const line of ['x', '[]', '{}', '{"type":"ADDED"}', '{"object":{}}', '{"type":"NEW","object":{}}', '{"type":"ADDED","object":1}', '{"type":"ADDED","object":{}}{}', '{"type":"BOOKMARK","object":{}}', '{"type" "ADDED","object":{}}']) {
      expect(() => read(line), line).to.throw(SyntaxError);
    }
  });

  it('says nothing of the content in its errors', () => {
    expect(() => read('{"type":"ADDED","object":{"data":"canary"},x')).to.throw(SyntaxError).and.satisfy((error: Error) => !error.message.includes('canary'));
  });
});
