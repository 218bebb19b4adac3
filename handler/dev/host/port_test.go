package host

import "testing"

func TestPortIsClaimed(t *testing.T) {
	port, claim, err := pickPort()
	if err != nil {
		t.Fatal(err)
	}
	if other, err := listenOn(port + claimOffset); err == nil {
		other.Close()
		t.Errorf("the claim on port %d is not held", port)
	}
	listener, err := listenOn(port)
	if err != nil {
		t.Fatalf("the port is not free for the handler: %v", err)
	}
	if err := listener.Close(); err != nil {
		t.Error(err)
	}
	if err := claim.Close(); err != nil {
		t.Error(err)
	}
}
