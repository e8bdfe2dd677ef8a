/** A D-Bus of a test's own. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Running, until } from './process.js';

/** Runs `fn` with the address of a bus of its own. */
export async function withBus(folder: string, fn: (address: string, path: string) => Promise<void>): Promise<void> {
  const path = join(folder, 'bus');
  const config = join(folder, 'bus.conf');
  writeFileSync(
    config,
    `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
    <busconfig><type>session</type><listen>unix:path=${path}</listen><policy context="default">
    <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>`,
  );
  const daemon = new Running(['dbus-daemon', '--config-file', config, '--nofork', '--print-address'], {
    limit: 60_000,
  });
  try {
    await until('dbus-daemon listens', () => daemon.stdout.includes('\n') && existsSync(path));
    await fn(`unix:path=${path}`, path);
  } finally {
    await daemon.end('SIGTERM');
  }
}
