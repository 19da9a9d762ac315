import { expect } from 'chai';
import { createLogger } from '../../../src/observe/logger.js';

const clock = { now: () => Date.UTC(2026, 10, 20, 14), sleep: async () => undefined };

describe('observe/logger', () => {
  it('writes what is at or above its level, in order, when it is said', () => {
    const lines: string[] = [];
    const logger = createLogger({ level: 'warn', format: 'text', clock, write: (line) => lines.push(line) });

    logger.debug('one');
    logger.info('two');
    logger.warn('three', { attempt: 1 });
    logger.error('four');

    expect(lines.join('')).to.equal('2026-11-20T14:00:00.000Z WARN  three attempt=1\n2026-11-20T14:00:00.000Z ERROR four\n');
  });

  it('writes one JSON object a line', () => {
    const lines: string[] = [];
    const logger = createLogger({ level: 'debug', format: 'json', clock, write: (line) => lines.push(line) });

    logger.debug('one\ntwo', { type: 'secrets', level: 'x' });

    expect(lines).to.have.length(1);
    expect(JSON.parse(lines[0] ?? '')).to.deep.equal({ time: '2026-11-20T14:00:00.000Z', level: 'debug', message: 'one\ntwo', type: 'secrets', level_: 'x' });
  });

  it('keeps every line when many are written at once', () => {
    const lines: string[] = [];
    const logger = createLogger({ level: 'info', format: 'text', clock, write: (line) => lines.push(line) });

    for (let i = 0; i < 2000; i += 1) {
      logger.info('line', { i });
    }

    expect(lines).to.have.length(2000);
    expect(lines.at(-1)).to.match(/i=1999\n$/);
  });
});
