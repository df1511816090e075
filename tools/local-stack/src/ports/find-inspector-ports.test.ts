import assert from 'node:assert/strict';
import { findInspectorPorts } from './find-inspector-ports.ts';

describe('findInspectorPorts()', () => {
  it('begins at the port that debuggers look at first', async () => {
    assert.deepEqual(await findInspectorPorts(3, async () => true), [9229, 9230, 9231]);
  });

  it('skips ports that are taken', async () => {
    const taken = [9229, 9231];
    assert.deepEqual(await findInspectorPorts(3, async (port) => !taken.includes(port)), [9230, 9232, 9233]);
  });
});
