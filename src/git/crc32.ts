import * as zlib from 'node:zlib';

/** CRC-32 (IEEE 802.3) of `data`, going on from `start`; by zlib where this Node has it (20.15, 22.2). */
export function crc32(data: Uint8Array, start = 0): number {
  return typeof zlib.crc32 === 'function' ? zlib.crc32(data, start) : tableCrc32(data, start);
}

const TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** The same with a table of 256 entries. */
export function tableCrc32(data: Uint8Array, start = 0): number {
  let crc = ~start;
  for (const byte of data) crc = (TABLE[(crc ^ byte) & 255] as number) ^ (crc >>> 8);
  return ~crc >>> 0;
}
