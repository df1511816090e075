/** The environment variables that callers give for services: a version deployed later gets them too. */
export class ServiceOverlays {
  readonly #overlays = new Map<string, Record<string, string>>();

  /** The variables of a new version: the given ones, or those of its service's last version, or of the first service. */
  of(service: string, given: Record<string, string> | undefined): Record<string, string> {
    const [first = {}] = this.#overlays.values();
    const overlay = given ?? this.#overlays.get(service) ?? first;
    this.#overlays.set(service, overlay);
    return overlay;
  }
}
