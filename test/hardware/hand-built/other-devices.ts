import { below, type Part } from './machine-builder.ts';

/** A network interface at its device. */
export function networkInterface(name: string, kind: 'ethernet' | 'wireless' = 'ethernet'): Part {
  return at => {
    const here = below(at, `net/${name}`);
    addInterface(name, kind === 'wireless' ? 'wlan' : undefined, '1')(here);
    at.machine.entries.link(`sys/${here.path}/device`, `sys/${at.path}`);
    if (kind === 'wireless') {
      at.machine.entries.folder(`sys/${here.path}/phy80211`);
      at.machine.entries.folder(`sys/${here.path}/wireless`);
    }
  };
}

/** An interface without a device; `mark` is what tells its kind: `bridge`, `bonding`, `tun_flags`. */
export function virtualInterface(name: string, devtype?: string, mark?: string): Part {
  return at => {
    const path = `devices/virtual/net/${name}`;
    addInterface(name, devtype, name === 'lo' ? '772' : '1')({ ...at, path, idPath: '' });
    if (mark !== undefined) at.machine.entries.folder(`sys/${path}/${mark}`);
  };
}

function addInterface(name: string, devtype: string | undefined, type: string): Part {
  return at => {
    at.machine.entries.device(at.path, {
      subsystem: 'class/net',
      uevent: [
        ...(devtype === undefined ? [] : [`DEVTYPE=${devtype}`]),
        `INTERFACE=${name}`,
        `IFINDEX=${at.machine.next('interface', 1)}`,
      ],
      files: { type },
    });
  };
}

/** A graphics card, and its connectors: `{ 'eDP-1': 'connected' }`. */
export function drm(card: number, connectors: Readonly<Record<string, string>>): Part {
  return at => {
    const here = below(at, `drm/card${card}`);
    at.machine.entries.device(here.path, {
      subsystem: 'class/drm',
      uevent: ['MAJOR=226', `MINOR=${card}`, `DEVNAME=dri/card${card}`, 'DEVTYPE=drm_minor'],
    });
    at.machine.entries.link(`sys/${here.path}/device`, `sys/${at.path}`);
    for (const [connector, status] of Object.entries(connectors)) {
      const name = `card${card}-${connector}`;
      at.machine.entries.device(`${here.path}/${name}`, {
        subsystem: 'class/drm',
        uevent: ['DEVTYPE=drm_connector'],
        files: { status },
      });
      at.machine.entries.link(`sys/${here.path}/${name}/device`, `sys/${here.path}`);
    }
  };
}

/** A TPM that speaks the interface of TPM 2 (CRB or FIFO). */
export function tpm(): Part {
  return at => {
    const path = 'devices/LNXSYSTM:00/LNXSYBUS:00/MSFT0101:00';
    at.machine.entries.device(path, {
      subsystem: 'bus/acpi',
      driver: 'tpm_crb@tpm_crb',
      uevent: ['MODALIAS=acpi:MSFT0101:MSFT0101:'],
      files: { modalias: 'acpi:MSFT0101:MSFT0101:' },
    });
    at.machine.entries.device(`${path}/tpm/tpm0`, {
      subsystem: 'class/tpm',
      uevent: ['MAJOR=10', 'MINOR=224', 'DEVNAME=tpm0'],
    });
    at.machine.entries.link(`sys/${path}/tpm/tpm0/device`, `sys/${path}`);
  };
}
