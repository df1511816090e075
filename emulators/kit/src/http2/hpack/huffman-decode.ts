import { HpackError } from './hpack-error.ts';
import { HUFFMAN_CODE_LENGTHS } from './huffman-code-lengths.ts';

// A state is a node of the code's tree. A step takes four bits, and no code is shorter than five: at most one byte comes
// out of a step. An entry holds the next state, the byte, and flags.
const STATE_MASK = 0x1ff;
const BYTE_SHIFT = 9;
const EMITS = 1 << 17;
const FAILS = 1 << 18;
/** The padding of a string: fewer than eight bits, all ones. */
const MAX_PADDING_BITS = 7;

interface Node {
  readonly children: (Node | number | undefined)[];
  readonly state: number;
}

const { steps, mayEnd } = buildSteps();
let scratch = Buffer.allocUnsafe(4096);

/**
 * Decodes a Huffman-coded string to one character per byte.
 * @throws {HpackError} if it holds the end-of-string code, or padding that is too long or not all ones
 */
export function huffmanDecode(bytes: Buffer, start: number, end: number): string {
  const maxLength = Math.ceil(((end - start) * 8) / 5);
  if (scratch.length < maxLength) scratch = Buffer.allocUnsafe(maxLength);
  let length = 0;
  let state = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    const first = steps[(state << 4) | (byte >> 4)] ?? FAILS;
    if (first & EMITS) scratch[length++] = first >> BYTE_SHIFT;
    const second = steps[((first & STATE_MASK) << 4) | (byte & 15)] ?? FAILS;
    if ((first | second) & FAILS) throw new HpackError('A Huffman-coded string holds the end-of-string code');
    if (second & EMITS) scratch[length++] = second >> BYTE_SHIFT;
    state = second & STATE_MASK;
  }
  if (mayEnd[state] !== 1) throw new HpackError('A Huffman-coded string ends in wrong padding');
  return scratch.toString('latin1', 0, length);
}

function buildSteps(): { steps: Uint32Array; mayEnd: Uint8Array } {
  const nodes: Node[] = [];
  const newNode = (): Node => {
    const node: Node = { children: [], state: nodes.length };
    nodes.push(node);
    return node;
  };
  const root = newNode();
  for (const [byte, code, length] of canonicalCodes()) {
    let node = root;
    for (let bit = length - 1; bit > 0; bit--) {
      const side = (code >> bit) & 1;
      const child = node.children[side] ?? newNode();
      node.children[side] = child;
      node = child as Node;
    }
    node.children[code & 1] = byte;
  }
  const table = new Uint32Array(nodes.length * 16);
  for (const node of nodes) {
    for (let bits = 0; bits < 16; bits++) table[(node.state << 4) | bits] = step(root, node, bits);
  }
  const ends = new Uint8Array(nodes.length);
  let padding: Node | number | undefined = root;
  for (let bits = 0; bits <= MAX_PADDING_BITS && typeof padding === 'object'; bits++) {
    ends[padding.state] = 1;
    padding = padding.children[1];
  }
  return { steps: table, mayEnd: ends };
}

function step(root: Node, from: Node, bits: number): number {
  let node = from;
  let emitted = 0;
  for (let bit = 3; bit >= 0; bit--) {
    const child = node.children[(bits >> bit) & 1];
    // The only code without a byte is that of the end of the string.
    if (child === undefined) return FAILS;
    if (typeof child === 'number') {
      emitted = EMITS | (child << BYTE_SHIFT);
      node = root;
    } else {
      node = child;
    }
  }
  return emitted | node.state;
}

function* canonicalCodes(): Generator<readonly [byte: number, code: number, length: number]> {
  const order = HUFFMAN_CODE_LENGTHS.map((length, byte) => ({ length, byte })).sort(
    (a, b) => a.length - b.length || a.byte - b.byte,
  );
  let code = 0;
  let previous = order[0]?.length ?? 0;
  for (const { length, byte } of order) {
    code <<= length - previous;
    previous = length;
    yield [byte, code, length];
    code++;
  }
}
