import type { StringShape } from '../alternatives/shapes.ts';
import { stringSetsOf } from '../alternatives/string-sets.ts';
import { findStrings } from '../patterns/find-strings.ts';

/** In characters. A payload has at most 512 KiB. */
const MAX_SAMPLE_LENGTH = 100_000;

/** Strings of each format: plain ones and edge cases. */
const FORMAT_SAMPLES: Readonly<Record<string, readonly string[]>> = {
  date: ['2024-02-29', '2023-12-31'],
  time: ['12:00:00Z', '23:59:59.123+02:00'],
  'date-time': ['2024-02-29T12:00:00Z', '2024-02-29T23:59:59.123+02:00', '2024-02-29 12:00:00Z'],
  'iso-time': ['12:00:00', '12:00:00Z'],
  'iso-date-time': ['2024-02-29T12:00:00', '2024-02-29T12:00:00Z'],
  duration: ['P1D', 'PT1H30M', 'P2W'],
  uri: ['https://example.com/a?b=c', 'urn:a:b', 'mailto:ada@example.com'],
  'uri-reference': ['/a/b', 'https://example.com/', '#a'],
  'uri-template': ['https://example.com/{a}', '/a'],
  url: ['https://example.com/a', 'ftp://example.com/'],
  email: ['ada@example.com', 'a.b+c@sub.example.org', 'A@b.co'],
  hostname: ['example.com', 'a', 'sub.example.org.'],
  ipv4: ['192.0.2.1', '255.255.255.255', '0.0.0.0'],
  ipv6: ['2001:db8::1', '::1', '::ffff:192.0.2.1'],
  regex: ['^a$', '[a-z]+'],
  uuid: [
    '123e4567-e89b-12d3-a456-426614174000',
    'urn:uuid:123e4567-e89b-12d3-a456-426614174000',
    '123E4567-E89B-12D3-A456-426614174000',
  ],
  'json-pointer': ['', '/a/b'],
  'json-pointer-uri-fragment': ['#', '#/a/b'],
  'relative-json-pointer': ['0', '1/a'],
  byte: ['', 'YQ==', 'YWJj'],
};

/** Strings of several lengths and forms that one of the shapes may accept. */
export function sampleStrings(...shapes: readonly StringShape[]): readonly string[] {
  const lengths = shapes.flatMap(({ minLengths, maxLengths }) => [...minLengths, ...maxLengths]);
  const sizes = [0, 1, 3, ...lengths.flatMap((length) => [length - 1, length, length + 1])].filter(
    (size) => size >= 0 && size <= MAX_SAMPLE_LENGTH,
  );
  const words = shapes.flatMap((shape) => findStrings(stringSetsOf(shape).outer, [], 6) ?? []);
  const formats = shapes.flatMap((shape) => shape.formats.flatMap((format) => FORMAT_SAMPLES[format] ?? []));
  // E-mail addresses and links close to the length limits.
  const long = sizes.flatMap((size) =>
    size > 12 ? [`${'a'.repeat(size - 12)}@example.com`, `https://e.co/${'a'.repeat(size - 13)}`] : [],
  );
  const plain = sizes.flatMap((size) => ['a', 'A', '0', '-', ' ', 'é'].map((letter) => letter.repeat(size)));
  const odd = ['x', 'Hello, world', 'a-b_c.d', '0a', 'a0', '\n', '12345', '😀'];
  return [...new Set([...words, ...formats, ...odd, ...plain, ...long])];
}
