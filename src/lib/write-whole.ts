import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/** Writes a file: it is there as a whole, or as it was before; durable when this returns. System errors pass. */
export function writeWhole(file: string, text: string, mode = 0o666): void {
  const beside = `${file}.${process.pid}.tmp`;
  rmSync(beside, { force: true });
  const handle = openSync(beside, 'wx', mode);
  try {
    writeFileSync(handle, text);
    fsyncSync(handle);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  } finally {
    closeSync(handle);
  }
  renameSync(beside, file);
}
