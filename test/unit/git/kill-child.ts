// Commits for ever until it is killed; every commit that is done is printed. Arguments: repository, seed.
import { writeSync } from 'node:fs';
import { blobOf } from '../../../src/lib/git-blob.js';
import { random } from '../../support/scale.js';
import { FORMAT, openTape, put } from './support.js';

const [, , path = '', seed = '1'] = process.argv;
const next = random(Number(seed));
const tape = await openTape(path);
for (let n = 0; ; n++) {
  const draft = tape.begin();
  put(draft, FORMAT);
  const large = next() < 0.1;
  for (let i = 0; i < (large ? 300 : 3); i++) {
    const content = Buffer.from(Array.from({ length: large ? 8192 : 200 }, () => Math.floor(next() * 256)));
    draft.put(`namespaces/${Math.floor(next() * 20)}/things/${Math.floor(next() * 50)}.yaml`, blobOf(content));
  }
  const info = draft.commit(`commit ${n}`);
  if (info !== null) writeSync(1, `${info.oid}\n`);
  if (n % 20 === 19) await tape.maintain();
}
