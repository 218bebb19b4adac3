// Package cert makes temporary certificates for the local system. Each has an
// authority of its own and is valid for this machine's loopback names. Certificates
// and keys exist only in memory, unless a caller writes them to disk.
package cert

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"time"
)

// Loopback is a certificate for 127.0.0.1, ::1 and localhost, signed by an authority
// of its own.
type Loopback struct {
	CertificatePEM []byte // the certificate, then its authority
	KeyPEM         []byte // the certificate's private key, PKCS #8
	CAPEM          []byte // the authority, which clients must trust

	pool *x509.CertPool
	pair tls.Certificate
}

// NewLoopback makes an authority and a certificate. Both are valid from a year before
// now to a year after, so that a simulated clock may differ from the machine's.
func NewLoopback(now time.Time) (*Loopback, error) {
	caKey, caDER, err := authority(now)
	if err != nil {
		return nil, fmt.Errorf("make certificate authority: %w", err)
	}
	ca, err := x509.ParseCertificate(caDER)
	if err != nil {
		return nil, fmt.Errorf("parse certificate authority: %w", err)
	}
	key, der, err := leaf(now, ca, caKey)
	if err != nil {
		return nil, fmt.Errorf("make certificate: %w", err)
	}
	return assemble(caDER, der, key)
}

// ServerTLS returns the configuration of a server that uses this certificate.
func (l *Loopback) ServerTLS() *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{l.pair}, MinVersion: tls.VersionTLS12}
}

// ClientTLS returns the configuration of a client that trusts only this certificate.
func (l *Loopback) ClientTLS() *tls.Config {
	return &tls.Config{RootCAs: l.pool, MinVersion: tls.VersionTLS12}
}

// Client returns an HTTP client that trusts only this certificate.
func (l *Loopback) Client() *http.Client {
	return &http.Client{Transport: &http.Transport{TLSClientConfig: l.ClientTLS()}}
}

func authority(now time.Time) (*ecdsa.PrivateKey, []byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	template := template(now, "labeltrail local authority")
	template.IsCA, template.BasicConstraintsValid = true, true
	template.KeyUsage = x509.KeyUsageCertSign
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	return key, der, err
}

func leaf(now time.Time, ca *x509.Certificate, caKey *ecdsa.PrivateKey) (*ecdsa.PrivateKey, []byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	template := template(now, "labeltrail local")
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	template.DNSNames = []string{"localhost"}
	template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	der, err := x509.CreateCertificate(rand.Reader, template, ca, key.Public(), caKey)
	return key, der, err
}

func template(now time.Time, name string) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()),
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    now.AddDate(-1, 0, 0),
		NotAfter:     now.AddDate(1, 0, 0),
	}
}

func assemble(caDER, der []byte, key *ecdsa.PrivateKey) (*Loopback, error) {
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("encode private key: %w", err)
	}
	l := &Loopback{
		KeyPEM: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}),
		CAPEM:  pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: caDER}),
		pool:   x509.NewCertPool(),
	}
	l.CertificatePEM = append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), l.CAPEM...)
	l.pool.AppendCertsFromPEM(l.CAPEM)
	l.pair, err = tls.X509KeyPair(l.CertificatePEM, l.KeyPEM)
	return l, err
}
