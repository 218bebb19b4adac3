package host

import (
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
)

const (
	// firstPort and ports stay below the range that systems take the ports of
	// outgoing connections from, for the handler is to find its port free
	// again after each restart.
	firstPort = 21_000
	ports     = 9_000
	// claimOffset leads from a port to the one that is held as its claim.
	claimOffset = -ports
)

// pickPort finds a port that nothing listens on, and claims it from the other
// hosts on this machine until the claim is closed: the port itself must stay
// free for the handler, so another one that stands for it is held.
func pickPort() (port int, claim net.Listener, err error) {
	for range 100 {
		port = firstPort + rand.IntN(ports)
		if claim, err = listenOn(port + claimOffset); err != nil {
			continue
		}
		probe, err := listenOn(port)
		if err == nil {
			return port, claim, probe.Close()
		}
		_ = claim.Close() // on to another
	}
	return 0, nil, fmt.Errorf("no port for the handler found from %d: %w", firstPort, err)
}

func listenOn(port int) (net.Listener, error) {
	return net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
}
