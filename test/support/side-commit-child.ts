// Makes side commits for ever until it is killed; every one that is done is printed. Arguments: repository, seed.
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { openHistory } from '../../src/git/open-history.js';
import { random } from './scale.js';

const [, , path = '', seed = '1'] = process.argv;
const next = random(Number(seed));
const history = await openHistory({ location: path, branch: 'main', cacheFolder: join(path, '..', 'cache'), now: Date.now }, new AbortController().signal);
for (let n = 0; ; n++) {
  const base = history.refresh();
  const draft = history.beginSide({ name: `pre-restore/${seed}-${n % 5}`, base, parents: [base] });
  const size = next() < 0.2 ? 8192 : 200;
  for (let i = 0; i < (size > 200 ? 300 : 3); i++) {
    draft.put(`namespaces/side/things/${i}.yaml`, Buffer.from(Array.from({ length: size }, () => Math.floor(next() * 256))));
  }
  const { commit } = draft.commit(`side ${n}`);
  writeSync(1, `${commit.oid}\n`);
}
