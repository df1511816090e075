import type { YamlFile } from '../yaml/yaml-file.ts';

const INBOUND_SERVICES = [
  'mail',
  'mail_bounce',
  'xmpp_message',
  'xmpp_subscribe',
  'xmpp_presence',
  'xmpp_error',
  'channel_presence',
  'rest',
  'warmup',
];

/** Reads `inbound_services`; unknown ones are problems. */
export function parseInboundServices(yaml: YamlFile, value: unknown): string[] {
  const names = yaml.list(value, ['inbound_services'], 'inbound_services') ?? [];
  names.forEach((name, index) => {
    if (typeof name !== 'string' || !INBOUND_SERVICES.includes(name)) {
      const known = INBOUND_SERVICES.join(', ');
      yaml.problem(
        ['inbound_services', index],
        `unknown inbound service ${JSON.stringify(name)}; known: ${known}`,
      );
    }
  });
  return names.filter((name) => typeof name === 'string');
}
