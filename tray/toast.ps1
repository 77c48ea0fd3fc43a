# SPDX-License-Identifier: LGPL-2.1-or-later
# wslnode-tray: shows one notification of Windows, or takes it away again. Windows PowerShell 5.1 reads this from its
# standard input and runs it line by line, so each statement stands on one line. What is to be said is the one line of
# JSON that follows the script: it is read as data, becomes text nodes, and is never run.
$ErrorActionPreference = 'Stop'
$null = [Windows.UI.Notifications.ToastNotificationManager, Windows.UI.Notifications, ContentType = WindowsRuntime]
$null = [Windows.UI.Notifications.ToastNotification, Windows.UI.Notifications, ContentType = WindowsRuntime]
$null = [Windows.Data.Xml.Dom.XmlDocument, Windows.Data.Xml.Dom.XmlDocument, ContentType = WindowsRuntime]
# PowerShell's own id: Windows shows nothing under one that is not registered.
$app = '{1AC14E77-02E7-4E5D-B744-2EB1AE5198B7}\WindowsPowerShell\v1.0\powershell.exe'
$template = '<toast><visual><binding template="ToastGeneric"><text/><text/></binding></visual></toast>'
function Add-Text($document, $place, $text) { $null = $document.GetElementsByTagName('text').Item($place).AppendChild($document.CreateTextNode($text)) }
function Set-Silent($document) { $audio = $document.CreateElement('audio'); $audio.SetAttribute('silent', 'true'); $null = $document.DocumentElement.AppendChild($audio) }
function New-Document($message) { $document = New-Object Windows.Data.Xml.Dom.XmlDocument; $document.LoadXml($template); Add-Text $document 0 $message.title; Add-Text $document 1 $message.body; if ($message.silent) { Set-Silent $document }; $document }
function Show-Toast($message) { $toast = New-Object Windows.UI.Notifications.ToastNotification (New-Document $message); $toast.Tag = $message.tag; $toast.Group = $message.group; [Windows.UI.Notifications.ToastNotificationManager]::CreateToastNotifier($app).Show($toast) }
function Remove-Toast($message) { [Windows.UI.Notifications.ToastNotificationManager]::History.Remove($message.tag, $message.group, $app) }
function Read-Message { ConvertFrom-Json ([Console]::In.ReadLine()) }
# The last line that is run: it reads the message, and ends PowerShell before anything else could be.
try { $message = Read-Message; if ($message.act -eq 'show') { Show-Toast $message } else { Remove-Toast $message } } catch { exit 1 }; exit 0
