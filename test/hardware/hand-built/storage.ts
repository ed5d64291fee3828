import { blockDevice, type DiskDescription } from './block.ts';
import type { Driver } from './capture-entries.ts';
import { below, type Part, place } from './machine-builder.ts';

type Disk = Omit<DiskDescription, 'device'>;

/** An NVMe controller and its only namespace, whose block device hangs on it directly. */
export function nvme(controller: number, namespace: number, disk: Omit<Disk, 'name'>): Part {
  return at => {
    const name = `nvme${controller}`;
    const here = below(at, `nvme/${name}`, `${at.idPath}-nvme-${namespace}`);
    addController(at.path, name)(here);
    const block = `${name}n${namespace}`;
    blockDevice(below(here, block), { ...disk, name: block, device: here.path });
  };
}

/**
 * An NVMe controller of a drive that may have several: its namespace hangs on a subsystem of its
 * own, and on the controller is only a hidden path to it (drivers/nvme/host/multipath.c).
 */
export function nvmePath(controller: number, subsystem: number, number: string): Part {
  return at => {
    const name = `nvme${controller}`;
    const here = below(at, `nvme/${name}`, '');
    addController(at.path, name)(here);
    const hidden = `nvme${subsystem}c${controller}n1`;
    blockDevice(below(here, hidden), {
      name: hidden,
      number,
      sizeBytes: 0,
      isHidden: true,
      device: here.path,
    });
  };
}

/** The namespace that such paths lead to. */
export function nvmeSubsystem(subsystem: number, disk: Omit<Disk, 'name'>): Part {
  return at => {
    const path = `devices/virtual/nvme-subsystem/nvme-subsys${subsystem}`;
    at.machine.entries.device(path, { subsystem: 'class/nvme-subsystem', uevent: [] });
    const name = `nvme${subsystem}n1`;
    const here = { machine: at.machine, path: `${path}/${name}`, idPath: '' };
    blockDevice(here, { ...disk, name, device: path });
  };
}

function addController(pciPath: string, name: string): Part {
  return at => {
    at.machine.entries.device(at.path, {
      subsystem: 'class/nvme',
      uevent: ['MAJOR=238', 'MINOR=0', `DEVNAME=${name}`, 'NVME_TRTYPE=pcie'],
    });
    at.machine.entries.link(`sys/${at.path}/device`, `sys/${pciPath}`);
  };
}

/** A SCSI host adapter with what hangs on it. */
export function scsiHost(host: number, ...parts: readonly Part[]): Part {
  return at => {
    const here = below(at, `host${host}`);
    at.machine.entries.device(here.path, { subsystem: 'bus/scsi', uevent: ['DEVTYPE=scsi_host'] });
    at.machine.entries.device(`${here.path}/scsi_host/host${host}`, {
      subsystem: 'class/scsi_host',
      uevent: [],
    });
    at.machine.entries.link(`sys/${here.path}/scsi_host/host${host}/device`, `sys/${here.path}`);
    place(parts, here);
  };
}

/** A disk at `HOST:CHANNEL:TARGET:LUN`. */
export function scsiDisk(address: string, disk: Disk, idPath?: string): Part {
  return scsiUnit(address, 'scsi:t-0x00', 'sd@sd_mod', disk, idPath);
}

export function scsiCdrom(address: string, disk: Disk, idPath?: string): Part {
  return scsiUnit(address, 'scsi:t-0x05', 'sr@sr_mod', disk, idPath);
}

function scsiUnit(
  address: string,
  modalias: string,
  driver: Driver,
  disk: Disk,
  idPath: string | undefined,
): Part {
  return at => {
    const target = below(at, `target${address.split(':').slice(0, 3).join(':')}`);
    at.machine.entries.device(target.path, {
      subsystem: 'bus/scsi',
      uevent: ['DEVTYPE=scsi_target'],
    });
    const rest = address.split(':').slice(1).join(':');
    const unit = below(
      target,
      address,
      idPath ?? (at.idPath === '' ? '' : `${at.idPath}-scsi-0:${rest}`),
    );
    at.machine.entries.device(unit.path, {
      subsystem: 'bus/scsi',
      driver,
      uevent: ['DEVTYPE=scsi_device', `MODALIAS=${modalias}`],
      files: { modalias, type: modalias.endsWith('5') ? '5' : '0' },
    });
    blockDevice(below(unit, `block/${disk.name}`), { ...disk, device: unit.path });
  };
}

/** A port of an AHCI controller with a disk in it; `port` counts from 1, as the kernel does. */
export function sataDisk(port: number, disk: Disk): Part {
  return sata(port, scsiDisk, disk);
}

export function sataCdrom(port: number, disk: Disk): Part {
  return sata(port, scsiCdrom, disk);
}

/** A port in which nothing is. */
export function sataEmpty(port: number): Part {
  return at => {
    at.machine.entries.device(`${at.path}/ata${port}`, { uevent: [] });
    scsiHost(port - 1)(below(at, `ata${port}`));
  };
}

function sata(port: number, unit: typeof scsiDisk, disk: Disk): Part {
  return at => {
    const ata = below(at, `ata${port}`);
    at.machine.entries.device(ata.path, { uevent: [] });
    scsiHost(port - 1, unit(`${port - 1}:0:0:0`, disk, `${at.idPath}-ata-${port}`))(ata);
  };
}

/** A card or an eMMC in the slot of a host. */
export function mmc(
  host: number,
  card: { address: string; type: 'MMC' | 'SD'; name: string },
  ...disks: readonly Disk[]
): Part {
  return at => {
    const here = below(at, `mmc_host/mmc${host}`);
    at.machine.entries.device(here.path, { subsystem: 'class/mmc_host', uevent: [] });
    at.machine.entries.link(`sys/${here.path}/device`, `sys/${at.path}`);
    const cardName = `mmc${host}:${card.address}`;
    at.machine.entries.device(`${here.path}/${cardName}`, {
      subsystem: 'bus/mmc',
      driver: 'mmcblk@mmc_block',
      uevent: [`MMC_TYPE=${card.type}`, `MMC_NAME=${card.name}`, 'MODALIAS=mmc:block'],
      files: { type: card.type, name: card.name },
    });
    for (const disk of disks) {
      const device = `${here.path}/${cardName}`;
      blockDevice(below(here, `${cardName}/block/${disk.name}`), { ...disk, device });
    }
  };
}

/** A virtio device on its PCI function. */
export function virtio(
  number: number,
  deviceId: string,
  driver: Driver,
  ...parts: readonly Part[]
): Part {
  return at => {
    const modalias = `virtio:d${deviceId.toUpperCase().padStart(8, '0')}v00001AF4`;
    const here = below(at, `virtio${number}`);
    at.machine.entries.device(here.path, {
      subsystem: 'bus/virtio',
      driver,
      uevent: [`MODALIAS=${modalias}`],
      files: { modalias },
    });
    place(parts, here);
  };
}

/** A disk that hangs on its device directly: virtio, Xen. */
export function plainDisk(disk: Disk): Part {
  return at => blockDevice(below(at, `block/${disk.name}`), { ...disk, device: at.path });
}
