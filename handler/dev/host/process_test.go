package host

import (
	"os"
	"testing"
)

func TestAddExecutableBit(t *testing.T) {
	path := t.TempDir() + "/handler"
	writeFile(t, path, "")
	if err := addExecutableBit(path); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestReservePort(t *testing.T) {
	port, reservation, err := reservePort()
	if err != nil {
		t.Fatal(err)
	}
	if other, err := listenOn(port + reservationOffset); err == nil {
		other.Close()
		t.Errorf("port %d is not reserved", port)
	}
	listener, err := listenOn(port)
	if err != nil {
		t.Fatalf("the port is not free for the handler: %v", err)
	}
	if err := listener.Close(); err != nil {
		t.Error(err)
	}
	if err := reservation.Close(); err != nil {
		t.Error(err)
	}
}
