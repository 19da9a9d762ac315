import { expect } from 'chai';
import { createLazyLogger } from '../../../src/cli/lazy-logger.js';
import type { Logger } from '../../../src/lib/log.js';

describe('cli/lazy-logger', () => {
  const said: string[] = [];
  const take = (level: string) => (message: string): void => { said.push(`${level} ${message}`); };
  const real: Logger = { debug: take('debug'), info: take('info'), warn: take('warn'), error: take('error') };
  beforeEach(() => { said.length = 0; });

  it('makes no logger while there is nothing to say at its level', async () => {
    let made = 0;
    const { logger, flush } = createLazyLogger('warn', async () => { made += 1; return real; });
    logger.info('quiet');
    logger.debug('quieter');
    await flush();

    expect([made, said]).to.deep.equal([0, []]);
  });

  it('keeps every message and their order, and makes one logger', async () => {
    let made = 0;
    const { logger, flush } = createLazyLogger('info', async () => { made += 1; return real; });
    logger.warn('first');
    logger.info('second');
    await flush();
    logger.error('third');

    expect([made, said]).to.deep.equal([1, ['warn first', 'info second', 'error third']]);
  });
});
