import { readdirSync, readFileSync } from 'node:fs';
import { loadAll } from 'js-yaml';
import { emit } from '../src/canon/emitter.js';
import { readOwnStyle } from '../src/canon/reader.js';
import { assertReadsBack, judgeWithJsYaml } from '../src/canon/self-check.js';
import { parseJson } from '../src/lib/parse-json.js';
let n=0,bytes=0,te=0,tr=0,fail=0,files=0,biggest=0;
for (const f of readdirSync('/work/shared/corpus/real-world',{recursive:true}) as string[]) {
  if(!/\.ya?ml$/.test(f)) continue; files++;
  let docs:any[]; try{docs=loadAll(readFileSync('/work/shared/corpus/real-world/'+f,'utf8')) as any[]}catch{continue}
  for(const d of docs){ if(!d||typeof d!=='object'||Array.isArray(d)) continue; const o=parseJson(JSON.stringify(d)) as any; n++;
    const a=performance.now(); const t=emit(o); const b=performance.now(); const r=readOwnStyle(t); const c=performance.now(); te+=b-a; tr+=c-b; bytes+=t.length; biggest=Math.max(biggest,t.length);
    try{ if(!r) throw new Error('foreign'); assertReadsBack(t,o); judgeWithJsYaml(t,o); if(emit(r)!==t) throw new Error('bytes') }catch(e){fail++; console.log(f,String(e))} }
}
console.log({files,n,bytes,biggest,fail,emitMBs:bytes/te/1e3,readMBs:bytes/tr/1e3});
