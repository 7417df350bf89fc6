package storage

import "golang.org/x/sys/unix"

// networkFS returns the name of the network file system that a folder is on; "" for a local one.
func networkFS(dir string) string {
	var s unix.Statfs_t
	if unix.Statfs(dir, &s) != nil {
		return ""
	}
	return map[int64]string{
		0x6969: "NFS", 0x517B: "SMB", 0xFF534D42: "CIFS", 0xFE534D42: "SMB2", 0x01021997: "9p", 0x5346414F: "AFS",
		0x00C36400: "Ceph", 0x47504653: "GPFS", 0x0BD00BD0: "Lustre", 0x73757245: "Coda",
	}[int64(s.Type)&0xFFFFFFFF]
}

// freeBytes returns the room that a folder's disk has for us.
func freeBytes(dir string) (int64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, err
	}
	return int64(s.Bavail) * s.Bsize, nil
}
