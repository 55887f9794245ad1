package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"
)

const patience = 60 * time.Second

// target is the server that is asked, and how.
type target struct {
	address string
	config  *tls.Config
}

func newTarget(todo *job) (*target, error) {
	pem, err := os.ReadFile(todo.CA)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("no certificate in %s", todo.CA)
	}
	config := &tls.Config{RootCAs: roots, ServerName: "localhost"}
	if todo.Resume {
		config.ClientSessionCache = tls.NewLRUClientSessionCache(0)
	}
	return &target{todo.Address, config}, nil
}

// link is one TLS connection.
type link struct {
	conn   *tls.Conn
	reader *bufio.Reader
}

func (t *target) dial() (*link, error) {
	plain, err := net.DialTimeout("tcp", t.address, patience)
	if err != nil {
		return nil, err
	}
	conn := tls.Client(plain, t.config)
	conn.SetDeadline(time.Now().Add(patience))
	if err := conn.Handshake(); err != nil {
		conn.Close()
		return nil, err
	}
	return &link{conn, bufio.NewReader(conn)}, nil
}

func (w *worker) hangUp() {
	if w.link != nil {
		w.link.conn.Close()
		w.link = nil
	}
}

// ask sends one request and returns the body of the answer.
func (w *worker) ask(method, path string, body []byte) ([]byte, error) {
	if w.link == nil {
		link, err := w.target.dial()
		if err != nil {
			return nil, err
		}
		w.link = link
		if link.conn.ConnectionState().DidResume {
			w.resumed++
		}
	}
	data, ends, err := w.exchange(method, path, body)
	if w.todo.Reconnect || ends || err != nil {
		w.hangUp()
	}
	return data, err
}

func (w *worker) exchange(method, path string, body []byte) ([]byte, bool, error) {
	w.link.conn.SetDeadline(time.Now().Add(patience))
	if _, err := w.link.conn.Write(w.request(method, path, body)); err != nil {
		return nil, true, err
	}
	answer, err := http.ReadResponse(w.link.reader, nil)
	if err != nil {
		return nil, true, err
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, true, err
	}
	w.requests++
	if answer.StatusCode != w.todo.Expect {
		return nil, answer.Close, fmt.Errorf("%s %s: %s %s", method, path, answer.Status, data)
	}
	return data, answer.Close, nil
}

func (w *worker) request(method, path string, body []byte) []byte {
	var text bytes.Buffer
	fmt.Fprintf(&text, "%s %s HTTP/1.1\r\nHost: %s\r\n", method, path, w.target.address)
	text.WriteString("User-Agent: Go-http-client/1.1\r\nAccept-Encoding: gzip\r\n")
	if w.todo.Reconnect {
		text.WriteString("Connection: close\r\n")
	}
	if w.todo.Token != "" {
		fmt.Fprintf(&text, "Authorization: Bearer %s\r\n", w.todo.Token)
	}
	if body != nil {
		text.WriteString("Content-Type: multipart/form-data; boundary=bbbbbbbbbb\r\n")
		fmt.Fprintf(&text, "Content-Length: %d\r\n", len(body))
	}
	text.WriteString("\r\n")
	text.Write(body)
	return text.Bytes()
}

// uploads are the prebuilt bodies for one repository: in the file each has its length,
// four bytes, in front. From is the first that was not sent yet, Count their number.
type uploads struct {
	GUN    string
	File   string
	From   int
	Count  int
	bodies [][]byte
	lock   sync.Mutex
}

func (u *uploads) load() error {
	data, err := os.ReadFile(u.File)
	for err == nil && len(data) > 4 {
		size := 4 + int(binary.BigEndian.Uint32(data))
		u.bodies = append(u.bodies, data[4:size])
		data = data[size:]
	}
	return err
}

func (u *uploads) next() []byte {
	if u.Count == 0 || u.From >= len(u.bodies) {
		return nil
	}
	u.From++
	u.Count--
	return u.bodies[u.From-1]
}

// idle opens connections, says so, and keeps them until standard input ends.
func idle(todo *job, target *target) (*result, error) {
	links := make([]*link, 0, todo.Connections)
	for len(links) < todo.Connections {
		link, err := target.dial()
		if err != nil {
			return nil, fmt.Errorf("connection %d: %w", len(links)+1, err)
		}
		links = append(links, link)
	}
	fmt.Println("ready")
	// The decoder of the job may have read ahead, so there is nothing left to read.
	io.Copy(io.Discard, os.Stdin)
	for _, each := range links {
		each.conn.Close()
	}
	return &result{Operations: len(links)}, nil
}
