/**
 * Deletes every document of the emulator at FIRESTORE_EMULATOR_HOST, for a hook between tests.
 * @throws {Error} if the variable is not set or no emulator answers there
 */
export async function clearFirestoreEmulator(
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<void> {
  const address = env['FIRESTORE_EMULATOR_HOST'];
  if (!address) throw new Error('FIRESTORE_EMULATOR_HOST is not set: start the emulator first');
  const response = await fetch(`http://${address}/emulator/clear`, { method: 'POST' });
  if (!response.ok) throw new Error(`The emulator at ${address} was not cleared: ${await response.text()}`);
  await response.arrayBuffer();
}
