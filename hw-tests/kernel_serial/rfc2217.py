# A client of pyserial's at the place that it is given: asks ATI, shows the answer, and drives the lines.
import sys

import serial

with serial.serial_for_url(sys.argv[1], baudrate=115200, timeout=20) as port:
    port.write(b"ATI\r")
    print(port.read_until(b"\r\nOK\r\n").decode())
    print("carrier", port.cd)
    # Without a call there is nothing to hang up: the port must answer as before.
    port.dtr = False
    port.dtr = True
    port.write(b"AT+CGMI\r")
    print(port.read_until(b"\r\nOK\r\n").decode())
